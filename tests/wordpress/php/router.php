<?php
// What .htaccess does under Apache: a file that exists is served, all else is WordPress's to answer. And the access log.
file_put_contents( dirname( $_SERVER['DOCUMENT_ROOT'] ) . '/requests.log', $_SERVER['REQUEST_URI'] . "\n", FILE_APPEND | LOCK_EX );
$path = $_SERVER['DOCUMENT_ROOT'] . rawurldecode( parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) ?: '/' );
if ( is_file( $path ) || is_file( rtrim( $path, '/' ) . '/index.php' ) && '/' !== $_SERVER['REQUEST_URI'] ) {
	return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
unset( $_SERVER['PATH_INFO'] );
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
