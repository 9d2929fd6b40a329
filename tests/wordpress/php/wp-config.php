<?php
// The portal's configuration; what differs between runs is in settings.json.
$settings = json_decode( file_get_contents( dirname( __DIR__ ) . '/settings.json' ), true );
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . $settings['socket'] );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', 'utf8mb4_unicode_520_ci' );
$table_prefix = 'wp_';

define( 'WP_HOME', $settings['home'] );
define( 'WP_SITEURL', WP_HOME );

// Nothing leaves this machine, and nothing happens but what a test does.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_POST_REVISIONS', false );

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
