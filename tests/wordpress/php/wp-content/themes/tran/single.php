<?php
get_header();
the_post();
?>
<article <?php post_class(); ?>>
	<h1 class="entry-title"><?php echo get_the_title() ? get_the_title() : '(Không có tiêu đề)'; ?></h1>
	<div class="posted-on"><time class="entry-date" datetime="<?php echo esc_attr( get_the_date( 'Y-m-d' ) ); ?>"><?php echo get_the_date(); ?></time></div>
	<div class="entry-content">
	<?php
	the_content();
	wp_link_pages();
	?>
	</div>
</article>
<?php
the_post_navigation();
get_footer();
